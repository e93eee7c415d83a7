import '@mantine/core/styles.css';
import './components/global.css';

import { createRoot } from 'react-dom/client';

import { App } from './App';
import { startTexts } from './i18n/texts';

const root = document.getElementById('root');
if (root !== null) void startTexts().then(() => createRoot(root).render(<App />));

import 'react';

declare module 'react' {
  interface CSSProperties {
    '--avatar-size'?: string;
    '--level'?: string;
  }
}

import { useEffect } from 'react';

/**
 * A phone's keyboard covers the page instead of making it smaller, and with it the field that is being typed in. The page
 * is as high as what can be seen.
 */
export function useVisibleHeight(): void {
  useEffect(() => {
    const { visualViewport } = window;
    if (visualViewport === null) return;
    const fit = (): void => {
      // Zoomed in by two fingers, the page keeps its size.
      const typing = visualViewport.scale === 1 && visualViewport.height < window.innerHeight - 1;
      if (typing) document.documentElement.style.setProperty('--hr-height', `${Math.round(visualViewport.height)}px`);
      else document.documentElement.style.removeProperty('--hr-height');
    };
    visualViewport.addEventListener('resize', fit);
    return () => {
      visualViewport.removeEventListener('resize', fit);
      document.documentElement.style.removeProperty('--hr-height');
    };
  }, []);
}

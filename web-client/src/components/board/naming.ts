/** Excalidraw leaves a few of its controls without a name, or with one that hides what is written on them. */

export interface Names {
  readonly menu: string;
  readonly colours: string;
}

function name(root: HTMLElement, names: Names): void {
  for (const button of root.querySelectorAll('.main-menu-trigger:not([aria-label])')) button.setAttribute('aria-label', names.menu);
  for (const dialog of root.querySelectorAll('.color-picker-container[role="dialog"]:not([aria-label])')) {
    dialog.setAttribute('role', 'group');
    dialog.removeAttribute('aria-modal');
    dialog.setAttribute('aria-label', names.colours);
  }
  for (const zoom of root.querySelectorAll('.reset-zoom-button[aria-label]')) zoom.removeAttribute('aria-label');
  for (const footer of root.querySelectorAll('footer[role="contentinfo"]')) footer.setAttribute('role', 'presentation');
}

/** Names what is there and what comes; ends with the returned function. */
export function watchNames(root: HTMLElement, names: Names): () => void {
  name(root, names);
  const observer = new MutationObserver(() => name(root, names));
  observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label', 'role', 'aria-modal'] });
  return () => observer.disconnect();
}

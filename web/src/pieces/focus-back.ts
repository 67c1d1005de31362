/**
 * Gives the focus back when a dialog is gone: to what opened it, or to the view where that is gone too. A dialog that follows
 * another one goes back to what opened the first, and one that a menu opened to the button of the menu. Mantine does it only
 * for dialogs that were there before they opened.
 */
import { useEffect, useState } from 'react';

let opener: Element | null = null;

/** @param toView what opened the dialog is about to go. */
export function FocusBack({ toView = false }: { toView?: boolean }): null {
  const [before] = useState(() => {
    const active = document.activeElement;
    // The body has it where the dialog before is gone already.
    const isNext = active === document.body || active?.closest('[role=dialog]');
    if (!isNext) opener = buttonOfMenu(active) ?? active;
    return opener;
  });
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        const isThere = before instanceof HTMLElement && before.isConnected;
        (isThere && !toView ? before : document.getElementById('view'))?.focus();
      });
    },
    [before, toView],
  );
  return null;
}

/** Gives the focus to the view if what had it has gone with a new state of the view. Call it when that is known. */
export function focusLostView(): void {
  setTimeout(() => {
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) document.getElementById('view')?.focus();
    });
  });
}

function buttonOfMenu(active: Element | null): Element | null {
  const id = active?.closest('[role=menu]')?.getAttribute('aria-labelledby');
  return document.getElementById(id ?? '');
}

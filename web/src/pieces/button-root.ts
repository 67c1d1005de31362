/**
 * The element of every button (`theme.ts`). While its work runs, a button keeps the focus and only does nothing: one that
 * the browser disables loses the focus, and whoever works by keyboard would have to begin at the top again.
 */
import { createElement, type ComponentPropsWithRef, type ReactElement, type SyntheticEvent } from 'react';

type RootProps = ComponentPropsWithRef<'button'> & {
  readonly href?: string;
  readonly 'data-loading'?: boolean;
};

export function buttonRoot(props: RootProps): ReactElement {
  const busy = props['data-loading'] === true && {
    disabled: false,
    'aria-disabled': true,
    onClick: (event: SyntheticEvent) => {
      event.preventDefault();
    },
  };
  return createElement('href' in props ? 'a' : 'button', { ...props, ...busy });
}

/**
 * What is told of something to whoever points at it or comes to it by keyboard. There is no tooltip before: a list has many
 * such things, and one that nobody sees takes as long as the rest of its row. For single things, `Tooltip` is simpler.
 */
import { Tooltip } from '@mantine/core';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type FocusEvent,
  type ReactElement,
  type ReactNode,
} from 'react';

interface Hint {
  /** For the element that it is about. */
  readonly props: {
    readonly ref: (element: Element | null) => void;
    readonly 'aria-describedby': string | undefined;
    readonly onMouseEnter: () => void;
    readonly onMouseLeave: () => void;
    readonly onFocus: (event: FocusEvent) => void;
    readonly onBlur: () => void;
  };
  /** Stands beside that element. */
  readonly tooltip: ReactElement | null;
}

/** @param label rendered only while it is shown. */
export function useHint(label: ReactNode): Hint {
  const id = useId();
  const target = useRef<HTMLElement | null>(null);
  const [asked, setAsked] = useState(false);
  const [shown, setShown] = useState(false);
  const show = (): void => {
    setAsked(true);
    setShown(true);
  };
  const hide = (): void => {
    setShown(false);
  };
  return {
    props: {
      ref: (element) => {
        target.current = element as HTMLElement | null;
      },
      'aria-describedby': shown ? id : undefined,
      onMouseEnter: show,
      onMouseLeave: hide,
      onFocus: ({ currentTarget }) => {
        if (currentTarget.matches(':focus-visible')) show();
      },
      onBlur: hide,
    },
    tooltip: asked ? <Told id={id} target={target} shown={shown} label={label} onHide={hide} /> : null,
  };
}

interface ToldProps {
  readonly id: string;
  readonly target: { readonly current: HTMLElement | null };
  readonly shown: boolean;
  readonly label: ReactNode;
  readonly onHide: () => void;
}

function Told({ id, target, shown, label, onHide }: ToldProps): ReactElement {
  // It must know its place before it is seen.
  const [placed, setPlaced] = useState(false);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      setPlaced(true);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, []);
  useEffect(() => {
    if (!shown) return;
    const hideByKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') onHide();
    };
    document.addEventListener('keydown', hideByKey);
    return () => {
      document.removeEventListener('keydown', hideByKey);
    };
  });
  return <Tooltip target={target} opened={shown && placed} label={<span id={id}>{label}</span>} />;
}

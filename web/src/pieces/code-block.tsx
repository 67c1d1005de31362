import { ScrollArea } from '@mantine/core';
import type { ReactElement } from 'react';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button';

interface CodeBlockProps {
  readonly text: string;
  /** For screen readers: what this is. */
  readonly label: string;
  readonly wrap?: boolean;
  readonly copy?: boolean;
  /** In a dialog: the button that copies has the focus first. */
  readonly copyFirst?: boolean;
}

export function CodeBlock(props: CodeBlockProps): ReactElement {
  const { text, label, wrap = false, copy = true, copyFirst } = props;
  return (
    <div className={classes.block}>
      <ScrollArea.Autosize
        className={classes.scroll}
        mah={360}
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': label }}
      >
        <pre className={classes.text} data-wrap={wrap || undefined}>
          {text}
        </pre>
      </ScrollArea.Autosize>
      {copy && (
        <div className={classes.copy}>
          <CopyButton text={text} what={label} first={copyFirst} />
        </div>
      )}
    </div>
  );
}

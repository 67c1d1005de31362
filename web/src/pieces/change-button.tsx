/** A button for what only an admin may do. A viewer sees it, and is told why it does nothing. */
import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { MouseEvent, ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VIEWER_HELP, useMayChange } from '../session/actor';

interface ChangeButtonProps extends ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly type?: 'button' | 'submit';
}

export function ChangeButton({ children, onClick, ...rest }: ChangeButtonProps): ReactElement {
  const { t } = useTranslation();
  const mayChange = useMayChange();
  const act = (event: MouseEvent): void => {
    if (mayChange) onClick();
    else event.preventDefault();
  };
  return (
    <Tooltip label={t('role.viewerHelp')} disabled={mayChange}>
      <Button
        {...rest}
        onClick={act}
        {...(!mayChange && { 'data-disabled': true, 'aria-disabled': true, 'aria-describedby': VIEWER_HELP })}
      >
        {children}
      </Button>
    </Tooltip>
  );
}

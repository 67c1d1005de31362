/** A dialog that is there as long as somebody shows it. It takes the focus, keeps it, and gives it back. */
import { Modal } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FocusBack } from './focus-back';

interface DialogProps {
  readonly title: string;
  readonly size?: 'lg' | 'xl';
  /** Null: nothing but what is in it closes it. */
  readonly onClose: (() => void) | null;
  /** What opened it is about to go, and the focus goes to the view. */
  readonly openerGoes?: boolean;
  readonly children: ReactNode;
}

export function Dialog(props: DialogProps): ReactElement {
  const { title, size, onClose, openerGoes, children } = props;
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose ?? (() => undefined)}
      closeOnClickOutside={onClose !== null}
      closeOnEscape={onClose !== null}
      withCloseButton={onClose !== null}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <FocusBack toView={openerGoes} />
      {children}
    </Modal>
  );
}

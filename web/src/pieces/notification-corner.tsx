/** Where short notes appear. Only `notify.tsx` loads it. */
import '@mantine/core/styles/Notification.css';
import '@mantine/notifications/styles.css';
import { Notifications, notifications } from '@mantine/notifications';
import i18next from 'i18next';
import type { ReactElement } from 'react';

export function NotificationCorner(): ReactElement {
  return <Notifications position="bottom-right" limit={3} />;
}

export function show(note: { title?: string; message: string; color?: string }): void {
  notifications.show({ ...note, closeButtonProps: { 'aria-label': i18next.t('action.close') } });
}

import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import classes from './triggers.module.css';

export const TRIGGERS = ['user_created', 'user_modified', 'user_deleted', 'user_keys'] as const;
export type Trigger = Webhook['triggers'][number];

export function isTrigger(text: unknown): text is Trigger {
  return TRIGGERS.some((trigger) => trigger === text);
}

export function TriggerList({ triggers }: { triggers: readonly Trigger[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <ul className={classes.list}>
      {triggers.map((trigger) => (
        <li key={trigger} className={classes.trigger} title={t(`trigger.${trigger}.label`)}>
          {t(`trigger.${trigger}.short`)}
        </li>
      ))}
    </ul>
  );
}

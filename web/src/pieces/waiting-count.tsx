/** How many deliveries wait. The service stops counting somewhere, and then this says "or more". */
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './waiting-count.module.css';

export function WaitingCount({ count, countedTo }: { count: number; countedTo: number }): ReactElement {
  const { t, i18n } = useTranslation();
  if (count === 0) return <span className={classes.none}>{t('waiting.none')}</span>;
  const number = count.toLocaleString(i18n.language);
  return (
    <span className={classes.count}>{count >= countedTo ? t('waiting.orMore', { number }) : number}</span>
  );
}

/** The button of the actions of a webhook, and the actions themselves once somebody asks for them: a list has many rows. */
import { IconDots } from '@tabler/icons-react';
import { lazy, Suspense, useState, type ComponentPropsWithRef, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import classes from './menu-button.module.css';

const load = () => import('./webhook-menu');
const WebhookMenu = lazy(async () => ({ default: (await load()).WebhookMenu }));

type MenuButtonProps = ComponentPropsWithRef<'button'> & { readonly url: string };

export function MenuButton({ url, ...rest }: MenuButtonProps): ReactElement {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-label={t('webhooks.actionsOf', { url })}
      aria-haspopup="menu"
      {...rest}
      className={classes.button}
    >
      <IconDots size={18} aria-hidden />
    </button>
  );
}

export function WebhookActions({ webhook }: { webhook: Webhook }): ReactElement {
  const [asked, setAsked] = useState(false);
  const button = (
    <MenuButton
      url={webhook.url}
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => {
        setAsked(true);
      }}
    />
  );
  if (!asked) return button;
  return (
    <Suspense fallback={button}>
      <WebhookMenu webhook={webhook} />
    </Suspense>
  );
}

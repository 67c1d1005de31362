/** The frame of every view: navigation on the left, who is signed in below it, the view beside it. */
import { Burger, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconEye } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, type KeyboardEvent, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { VIEWER_HELP, useMayChange } from '../session/actor';
import { cameBySigningIn } from '../session/session';
import { Brand } from './brand';
import classes from './layout.module.css';
import { NAVIGATION } from './navigation';
import { SignedInAs } from './signed-in-as';

export function Layout(): ReactElement {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const mayChange = useMayChange();
  const burger = useRef<HTMLButtonElement>(null);
  useFocusOnNewView(path);
  useEffect(close, [path, close]);
  const closeByKey = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape' || !opened) return;
    close();
    burger.current?.focus();
  };
  return (
    <>
      <a href="#view" className="skip-link">
        {t('layout.skip')}
      </a>
      <div className={classes.frame} onKeyDown={closeByKey}>
        <header className={classes.header}>
          <Brand />
          <Burger
            ref={burger}
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label={t(opened ? 'layout.closeMenu' : 'layout.openMenu')}
            aria-expanded={opened}
            aria-controls="navigation"
          />
        </header>
        <nav
          id="navigation"
          className={classes.navbar}
          data-opened={opened || undefined}
          aria-label={t('layout.navigation')}
        >
          <div className={classes.brand}>
            <Brand />
          </div>
          <div className={classes.links}>
            <Navigation path={path} />
          </div>
          <SignedInAs />
        </nav>
        {/* On a phone the open menu covers it: what has the focus must be seen. */}
        <main id="view" tabIndex={-1} className={classes.main} onFocus={close}>
          <div className={classes.content}>
            {!mayChange && (
              <Text id={VIEWER_HELP} size="sm" c="dimmed" mb="sm">
                <IconEye size={15} aria-hidden /> {t('role.viewerHelp')}
              </Text>
            )}
            <Outlet />
          </div>
        </main>
      </div>
    </>
  );
}

function Navigation({ path }: { path: string }): ReactElement {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" p="sm">
      {NAVIGATION.map(({ group, links }) => (
        <div key={group}>
          <Text size="xs" fw={500} c="dimmed" px="sm" mb={6} component="h2">
            {t(`navigation.${group}`)}
          </Text>
          {links.map(({ to, name, icon: Icon }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={t(`navigation.${name}`)}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={path === to || path.startsWith(`${to}/`)}
              aria-current={path === to ? 'page' : undefined}
              className={classes.link}
            />
          ))}
        </div>
      ))}
    </Stack>
  );
}

/** A screen reader begins with the new view, as it would with a new page. Its heading takes over (`view-header.tsx`). */
function useFocusOnNewView(path: string): void {
  const first = useRef(!cameBySigningIn());
  useEffect(() => {
    if (first.current) first.current = false;
    else document.getElementById('view')?.focus({ preventScroll: true });
  }, [path]);
}

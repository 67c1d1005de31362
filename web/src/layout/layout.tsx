/** The frame of every view: navigation on the left, who is signed in below it, the view beside it. */
import { Burger, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from './brand';
import classes from './layout.module.css';
import { NAVIGATION } from './navigation';
import { SignedInAs } from './signed-in-as';

export function Layout(): ReactElement {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useFocusOnNewView(path);
  useEffect(close, [path, close]);
  return (
    <>
      <a href="#view" className="skip-link">
        {t('layout.skip')}
      </a>
      <div className={classes.frame}>
        <header className={classes.header}>
          <Brand />
          <Burger
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
        <main id="view" tabIndex={-1} className={classes.main}>
          <div className={classes.content}>
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
              leftSection={<Icon size={18} stroke={1.7} />}
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

/** A screen reader begins with the new view, as it would with a new page. */
function useFocusOnNewView(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else document.getElementById('view')?.focus({ preventScroll: true });
  }, [path]);
}

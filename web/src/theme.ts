/**
 * The look: Geist, one blue for actions, neutral greys, the roundness of defguard 2.x. Every pair of text and ground has at
 * least the contrast of WCAG AA in both themes; the browser tests measure it.
 */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { buttonRoot } from './pieces/button-root';

const blue: MantineColorsTuple = [
  '#eef5ff',
  '#dbe8ff',
  '#b4d0fd',
  '#8ab6fb',
  '#649df7',
  '#4486f3',
  '#2b72ea',
  '#175fd6',
  '#134fb5',
  '#103f90',
];
const gray: MantineColorsTuple = [
  '#fafafb',
  '#f3f4f6',
  '#e6e8ec',
  '#d3d6dc',
  '#b3b8c2',
  '#8d94a1',
  '#656c7a',
  '#4b5260',
  '#2f3541',
  '#171b24',
];
const dark: MantineColorsTuple = [
  '#eceef2',
  '#c6cad3',
  '#a0a6b3',
  '#767d8c',
  '#4c5260',
  '#363b46',
  '#262a33',
  '#1b1e25',
  '#14161b',
  '#0d0f13',
];

export const theme = createTheme({
  fontFamily: "'Geist Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'Geist Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  headings: { fontFamily: "'Geist Variable', system-ui, sans-serif", fontWeight: '600' },
  colors: { blue, gray, dark },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.9375rem', lg: '1.125rem', xl: '1.25rem' },
  // By name: a theme that imported the components would load them all at once.
  components: {
    Button: { defaultProps: { size: 'sm', renderRoot: buttonRoot } },
    Paper: { defaultProps: { radius: 'lg', withBorder: true } },
    Modal: { defaultProps: { radius: 'lg', centered: true, overlayProps: { opacity: 0.45 } } },
    Drawer: { defaultProps: { position: 'right', overlayProps: { opacity: 0.45 } } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end', width: 220 } },
    Table: { defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md' } },
    Tooltip: {
      defaultProps: {
        multiline: true,
        maw: 320,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Input: { defaultProps: { size: 'sm' } },
    // The focus may be in the field already, and then nothing else would say it.
    InputWrapper: { defaultProps: { errorProps: { role: 'alert' } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#596070',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#b42318',
    '--page-ground': '#f6f7f9',
    '--page-line': '#e6e8ec',
    '--page-good': '#0b6b3a',
    '--page-good-ground': '#e7f6ed',
    '--page-bad': '#b42318',
    '--page-bad-ground': '#fdeceb',
    '--page-warn': '#8a4b00',
    '--page-warn-ground': '#fdf1dd',
    '--page-info': '#134fb5',
    '--page-info-ground': '#eaf1fe',
    '--page-quiet': '#4b5260',
    '--page-quiet-ground': '#eef0f3',
  },
  dark: {
    '--mantine-color-body': '#14161b',
    '--mantine-color-dimmed': '#a0a6b3',
    '--mantine-color-placeholder': '#8b92a1',
    '--mantine-color-error': '#ff8f86',
    '--mantine-color-anchor': '#8ab6fb',
    '--mantine-color-default': '#1b1e25',
    '--mantine-color-default-hover': '#232730',
    '--mantine-color-default-border': '#363b46',
    '--page-ground': '#0d0f13',
    '--page-line': '#262a33',
    '--page-good': '#6fd8a0',
    '--page-good-ground': '#12291d',
    '--page-bad': '#ff9b92',
    '--page-bad-ground': '#34181a',
    '--page-warn': '#f4be6a',
    '--page-warn-ground': '#312410',
    '--page-info': '#9cc1fc',
    '--page-info-ground': '#15243f',
    '--page-quiet': '#c6cad3',
    '--page-quiet-ground': '#23262e',
  },
});

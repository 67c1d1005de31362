/**
 * All words of the page are in this folder, one file per language. English is always there; another language is fetched
 * when somebody chooses it, or when the browser asks for it first.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED_AS = 'user-webhooks.language';

export async function setUpTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: 'en',
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await show(preferred());
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED_AS, language);
  await show(language);
}

async function show(language: Language): Promise<void> {
  if (language === 'de' && !i18next.hasResourceBundle('de', 'translation'))
    i18next.addResourceBundle('de', 'translation', (await import('./de')).de);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

function preferred(): Language {
  const chosen = localStorage.getItem(STORED_AS);
  if (isLanguage(chosen)) return chosen;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return wanted ?? 'en';
}

function isLanguage(text: string | null): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** The signing secret, the only time that it is shown, with code that checks a signature with it. */
import '../../styles-of-forms';
import { Alert, Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../pieces/code-block';
import { Dialog } from '../../pieces/dialog';
import { SNIPPETS } from './snippets';

interface SecretShownOnceProps {
  readonly secret: string;
  readonly title: string;
  readonly onDone: () => void;
}

export function SecretShownOnce({ secret, title, onDone }: SecretShownOnceProps): ReactElement {
  const { t } = useTranslation();
  return (
    // Only the button closes it: what is lost here is lost. So the focus is not on that one first.
    <Dialog onClose={null} title={title} size="lg">
      <Stack>
        <Alert icon={<IconKey />} color="yellow">
          {t('secret.once')}
        </Alert>
        <div>
          <Text size="sm" fw={500} mb={6}>
            {t('secret.label')}
          </Text>
          <CodeBlock text={secret} label={t('secret.label')} wrap copyFirst />
        </div>
        <Snippets />
        <Group justify="flex-end">
          <Button onClick={onDone}>{t('secret.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

export function Snippets(): ReactElement {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="sm" fw={500} mb={6}>
        {t('secret.verify')}
      </Text>
      <Tabs defaultValue="Node.js">
        <Tabs.List mb="xs" aria-label={t('secret.verify')}>
          {SNIPPETS.map(({ language }) => (
            <Tabs.Tab key={language} value={language}>
              {language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {SNIPPETS.map(({ language, code }) => (
          <Tabs.Panel key={language} value={language}>
            <CodeBlock text={code} label={`${t('secret.verify')}: ${language}`} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}

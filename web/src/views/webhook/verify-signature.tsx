/**
 * Checks by hand what a receiver has got, and shows the very text that was signed: that is what receivers get wrong. The
 * secret stays in this browser.
 */
import {
  Alert,
  Code,
  Paper,
  PasswordInput,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useEffect, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../pieces/code-block';
import { canSign, holds, sign, signedText } from './signature';

type Verdict = 'right' | 'wrong' | 'noSecret' | 'nothing';

export function VerifySignature(): ReactElement {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { secret: '', id: '', timestamp: '', signature: '', body: '' } });
  const { secret, id, timestamp, signature, body } = form.values;
  const [expected, setExpected] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    void sign(secret, { id, timestamp, body }).then((made) => {
      if (current) setExpected(made);
    });
    return () => {
      current = false;
    };
  }, [secret, id, timestamp, body]);
  const verdict = verdictOf(secret, signature, expected);
  return (
    <Paper p="lg">
      <Stack gap="sm">
        <div>
          <Title order={2} size="h4">
            {t('verify.title')}
          </Title>
          <Text c="dimmed" size="sm" mt={4}>
            {t('verify.lead')}
          </Text>
        </div>
        {!canSign() && <Alert color="yellow">{t('verify.insecure')}</Alert>}
        <PasswordInput
          label={t('secret.label')}
          placeholder="whsec_…"
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          error={verdict === 'noSecret' ? t('verify.noSecret') : undefined}
          {...form.getInputProps('secret')}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label={<Code>webhook-id</Code>} autoComplete="off" {...form.getInputProps('id')} />
          <TextInput
            label={<Code>webhook-timestamp</Code>}
            autoComplete="off"
            inputMode="numeric"
            {...form.getInputProps('timestamp')}
          />
        </SimpleGrid>
        <TextInput
          label={<Code>webhook-signature</Code>}
          autoComplete="off"
          {...form.getInputProps('signature')}
        />
        <Textarea
          label={t('verify.body')}
          description={t('verify.bodyHelp')}
          autosize
          minRows={3}
          maxRows={10}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('body')}
        />
        <div aria-live="polite">
          {verdict === 'right' && (
            <Alert color="green" icon={<IconCircleCheck />} title={t('verify.right')} />
          )}
          {verdict === 'wrong' && (
            <Alert color="red" icon={<IconAlertTriangle />} title={t('verify.wrong')}>
              {t('verify.wrongHelp')}
            </Alert>
          )}
        </div>
        <div>
          <Text size="sm" fw={500} mb={6}>
            {t('verify.signed')}
          </Text>
          <CodeBlock
            text={signedText({ id, timestamp, body })}
            label={t('verify.signed')}
            wrap
            copy={false}
          />
        </div>
        {expected !== null && (
          <div>
            <Text size="sm" fw={500} mb={6}>
              {t('verify.expected')}
            </Text>
            <CodeBlock text={expected} label={t('verify.expected')} wrap />
          </div>
        )}
      </Stack>
    </Paper>
  );
}

function verdictOf(secret: string, signature: string, expected: string | null): Verdict {
  if (secret === '') return 'nothing';
  if (expected === null) return canSign() ? 'noSecret' : 'nothing';
  if (signature.trim() === '') return 'nothing';
  return holds(signature, expected) ? 'right' : 'wrong';
}

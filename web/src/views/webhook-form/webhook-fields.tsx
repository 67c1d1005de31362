/** The members of a webhook that everybody sets: where to, what for, with which token, and upon what. */
import {
  Alert,
  Anchor,
  Checkbox,
  Paper,
  PasswordInput,
  Radio,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TRIGGERS } from '../../pieces/triggers';
import { AddressHelp, hasAddressAsHost } from './address-help';
import type { WebhookForm } from './use-webhook-form';

export function Section({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <Paper p="lg" component="section">
      <Stack gap="md">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}

export function EndpointFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { url, method } = form.values;
  return (
    <Section title={t('form.endpoint')}>
      <TextInput
        label={t('form.url')}
        placeholder="https://hooks.example.com/users"
        type="url"
        inputMode="url"
        autoComplete="off"
        required
        withAsterisk={false}
        maxLength={2_048}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('url')}
      />
      {form.errors.url !== undefined && hasAddressAsHost(url) && <AddressHelp />}
      <TextInput
        label={t('form.description')}
        description={t('form.descriptionHelp')}
        maxLength={500}
        {...form.getInputProps('description')}
      />
      <div>
        <Text size="sm" fw={500} id="form-method">
          {t('form.method')}
        </Text>
        <SegmentedControl
          mt={4}
          aria-labelledby="form-method"
          data={['POST', 'PUT', 'GET']}
          {...form.getInputProps('method')}
        />
        <Text size="sm" c="dimmed" mt={4}>
          {t('form.methodHelp')}
        </Text>
        {method === 'GET' && (
          <Alert mt="xs" color="yellow" icon={<IconInfoCircle />}>
            {t('form.methodGet')}
          </Alert>
        )}
      </div>
      <TokenFields form={form} />
      <Switch
        label={t('form.enabled')}
        description={t('form.enabledHelp')}
        {...form.getInputProps('enabled', { type: 'checkbox' })}
      />
    </Section>
  );
}

function TokenFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const stored = form.getInitialValues().tokenChoice === 'keep';
  const { tokenChoice } = form.values;
  const input = (
    <PasswordInput
      label={stored ? t('form.newToken') : t('form.token')}
      description={t('form.tokenHelp')}
      autoComplete="new-password"
      maxLength={1_024}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
      // Mantine says it to screen readers for its other fields by itself.
      aria-invalid={form.errors.token !== undefined}
      {...form.getInputProps('token')}
    />
  );
  if (!stored) return input;
  return (
    <Stack gap="xs">
      <Radio.Group
        label={t('form.token')}
        description={t('form.tokenStored')}
        {...form.getInputProps('tokenChoice')}
      >
        <Stack gap={8} mt={8}>
          <Radio value="keep" label={t('form.tokenKeep')} />
          <Radio value="set" label={t('form.tokenReplace')} />
          <Radio value="remove" label={t('form.tokenRemove')} />
        </Stack>
      </Radio.Group>
      {tokenChoice === 'set' && input}
    </Stack>
  );
}

export function TriggerFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { triggers } = form.values;
  const all = triggers.length === TRIGGERS.length;
  return (
    <Section title={t('form.triggers')}>
      <Checkbox.Group
        label={t('form.triggersHelp')}
        labelProps={{ fw: 400, c: 'dimmed' }}
        {...form.getInputProps('triggers')}
      >
        <Stack gap="sm" mt="xs" mb="xs">
          {TRIGGERS.map((trigger) => (
            <Checkbox
              key={trigger}
              value={trigger}
              label={t(`trigger.${trigger}.label`)}
              description={t(`trigger.${trigger}.help`)}
              aria-invalid={form.errors.triggers !== undefined}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Anchor
        component="button"
        type="button"
        size="sm"
        w="fit-content"
        onClick={() => {
          form.setFieldValue('triggers', all ? [] : [...TRIGGERS]);
        }}
      >
        {t(all ? 'form.chooseNone' : 'form.chooseAll')}
      </Anchor>
    </Section>
  );
}

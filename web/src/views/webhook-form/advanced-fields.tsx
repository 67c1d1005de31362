/** The members of a webhook that most people leave as they are. */
import {
  Collapse,
  NumberInput,
  Paper,
  Radio,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  UnstyledButton,
  Title,
  Text,
  Group,
} from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './advanced-fields.module.css';
import { HeaderFields } from './header-fields';
import { RetryFields } from './retry-fields';
import type { WebhookForm } from './use-webhook-form';

const LIMITS = {
  timeout_ms: [100, 300_000, ' ms'],
  max_in_flight: [1, 10_000, ''],
  rate_limit_per_second: [1, 100_000, ''],
} as const;

interface AdvancedFieldsProps {
  readonly form: WebhookForm;
  readonly opened: boolean;
  readonly onToggle: () => void;
}

export function AdvancedFields({ form, opened, onToggle }: AdvancedFieldsProps): ReactElement {
  const { t, i18n } = useTranslation();
  const separator = i18n.language === 'de' ? '.' : ',';
  return (
    <Paper component="section">
      <UnstyledButton p="lg" w="100%" onClick={onToggle} aria-expanded={opened} aria-controls="advanced">
        <Group gap="sm" wrap="nowrap">
          <IconChevronRight
            size={18}
            className={classes.chevron}
            data-opened={opened || undefined}
            aria-hidden
          />
          <div>
            <Title order={2} size="h4">
              {t('form.advanced')}
            </Title>
            <Text size="sm" c="dimmed">
              {t('form.advancedHelp')}
            </Text>
          </div>
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened} id="advanced">
        <Stack gap="lg" p="lg" pt={0}>
          <Radio.Group label={t('form.ordering')} {...form.getInputProps('ordering')}>
            <Stack gap={8} mt={6}>
              <Radio
                value="per_user"
                label={t('ordering.per_user')}
                description={t('form.orderingPerUser')}
              />
              <Radio value="none" label={t('ordering.none')} description={t('form.orderingNone')} />
            </Stack>
          </Radio.Group>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {(['timeout_ms', 'max_in_flight', 'rate_limit_per_second'] as const).map((name) => {
              const [min, max, suffix] = LIMITS[name];
              return (
                <NumberInput
                  key={name}
                  label={t(`form.${name}`)}
                  description={t(`form.${name}Help`)}
                  placeholder={t('form.serviceDefault')}
                  min={min}
                  max={max}
                  suffix={suffix}
                  thousandSeparator={separator}
                  decimalSeparator={separator === ',' ? '.' : ','}
                  allowDecimal={false}
                  hideControls
                  {...form.getInputProps(name)}
                />
              );
            })}
          </SimpleGrid>
          <RetryFields form={form} />
          <HeaderFields form={form} />
          <Textarea
            label={t('form.ca_certificates')}
            description={t('form.ca_certificatesHelp')}
            placeholder="-----BEGIN CERTIFICATE-----"
            autosize
            minRows={3}
            maxRows={10}
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps('ca_certificates')}
          />
          <Switch
            label={t('form.ed25519_signature')}
            description={t('form.ed25519_signatureHelp')}
            {...form.getInputProps('ed25519_signature', { type: 'checkbox' })}
          />
        </Stack>
      </Collapse>
    </Paper>
  );
}

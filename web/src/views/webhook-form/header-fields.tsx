/** Custom headers. A stored value is never shown; left as it is, it stays. */
import { ActionIcon, Button, Fieldset, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useRef, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './advanced-fields.module.css';
import { MASK } from './form-values';
import type { WebhookForm } from './use-webhook-form';

const MAX_HEADERS = 20;

export function HeaderFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { headers } = form.values;
  const [added, setAdded] = useState<string | null>(null);
  const addButton = useRef<HTMLButtonElement>(null);
  return (
    <Fieldset
      variant="unstyled"
      legend={
        <Text size="sm" fw={500}>
          {t('form.headers')}
        </Text>
      }
    >
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {t('form.headersHelp')}
        </Text>
        {headers.map(({ key, name, value }, index) => (
          <div key={key} className={classes.row}>
            <TextInput
              aria-label={t('form.headerName', { number: index + 1 })}
              placeholder="X-Tenant"
              maxLength={128}
              autoFocus={key === added}
              {...form.getInputProps(`headers.${index}.name`)}
            />
            <TextInput
              aria-label={t('form.headerValue', { name: name === '' ? index + 1 : name })}
              placeholder={t('form.headerPlaceholder')}
              maxLength={1_024}
              description={value === MASK ? t('form.headerKept') : undefined}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              {...form.getInputProps(`headers.${index}.value`)}
            />
            <ActionIcon
              variant="default"
              size={36}
              aria-label={t('form.headerRemove', { name: name === '' ? index + 1 : name })}
              onClick={() => {
                form.removeListItem('headers', index);
                addButton.current?.focus();
              }}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </div>
        ))}
        {form.errors.headers !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert" data-fault tabIndex={-1}>
            {form.errors.headers}
          </Text>
        )}
        <Button
          ref={addButton}
          variant="default"
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={15} />}
          disabled={headers.length >= MAX_HEADERS}
          onClick={() => {
            const key = crypto.getRandomValues(new Uint32Array(2)).join('-');
            form.insertListItem('headers', { key, name: '', value: '' });
            setAdded(key);
          }}
        >
          {t('form.headerAdd')}
        </Button>
      </Stack>
    </Fieldset>
  );
}

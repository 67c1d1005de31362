/** The form of a webhook, new or not. Whoever shows it says what submitting does. */
import '../../styles-of-forms';
import { Button, Group, Stack, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from '@tanstack/react-router';
import { ChangeButton } from '../../pieces/change-button';
import { ProblemNotice } from '../../pieces/problem-notice';
import { AdvancedFields } from './advanced-fields';
import type { FormValues } from './form-values';
import { focusFirstFault, useShowFaults, type WebhookForm as Form } from './use-webhook-form';
import { StartFields } from './start-fields';
import { EndpointFields, TriggerFields } from './webhook-fields';

const ADVANCED = [
  'headers',
  'ca_certificates',
  'timeout_ms',
  'max_in_flight',
  'rate_limit_per_second',
  'retry_schedule',
];

interface WebhookFormProps {
  readonly form: Form;
  readonly isNew?: boolean;
  readonly submitLabel: string;
  readonly busy: boolean;
  /** What failed and belongs to no field. */
  readonly problem: unknown;
  readonly onSubmit: (values: FormValues) => Promise<void>;
  readonly onProblem: (error: unknown) => void;
}

export function WebhookForm(props: WebhookFormProps): ReactElement {
  const { form, isNew = false, submitLabel, busy, problem, onSubmit, onProblem } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const showFaults = useShowFaults(form);
  const [opened, { toggle, open }] = useDisclosure(false);
  const [refusals, setRefusals] = useState(0);
  const showFirstFault = (errors: Partial<Record<string, unknown>>): void => {
    if (ADVANCED.some((name) => errors[name] !== undefined)) open();
    setRefusals((before) => before + 1);
    focusFirstFault();
  };
  const submit = async (values: FormValues): Promise<void> => {
    try {
      await onSubmit(values);
    } catch (error) {
      const shown = showFaults(error);
      if (!shown) onProblem(error);
      open();
      setRefusals((before) => before + 1);
      focusFirstFault();
    }
  };
  return (
    <form onSubmit={form.onSubmit((values) => void submit(values), showFirstFault)} noValidate>
      {refusals > 0 && (
        <VisuallyHidden key={refusals} role="alert">
          {t('form.refused')}
        </VisuallyHidden>
      )}
      <Stack gap="md" maw={760}>
        <EndpointFields form={form} />
        <TriggerFields form={form} />
        {isNew && <StartFields form={form} />}
        <AdvancedFields form={form} opened={opened} onToggle={toggle} />
        {problem !== null && <ProblemNotice error={problem} />}
        <Group>
          <ChangeButton type="submit" size="md" loading={busy} onClick={() => undefined}>
            {submitLabel}
          </ChangeButton>
          <Button variant="default" size="md" onClick={() => void navigate({ to: '..' })}>
            {t('action.cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

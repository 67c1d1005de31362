/** One dead letter: why it is one, its bytes as text and hex, and the way back into the events topic, mended or not. */
import { Alert, Checkbox, Drawer, Skeleton, Stack, Tabs, Text, Textarea } from '@mantine/core';
import { IconAlertTriangle, IconCornerUpLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readDeadLetter, sendBackDeadLetter } from '../../api/generated/sdk.gen';
import type { DeadLetter } from '../../api/generated/types.gen';
import { isProblemCode } from '../../api/problem';
import { ChangeButton } from '../../pieces/change-button';
import { CodeBlock } from '../../pieces/code-block';
import { FocusBack } from '../../pieces/focus-back';
import { notify } from '../../pieces/notify';
import { ProblemNotice } from '../../pieces/problem-notice';
import { Time } from '../../pieces/time';
import { hexDump, toBytes } from './bytes';

export function DeadLetterDrawer({
  place,
  onClose,
}: {
  place: string | undefined;
  onClose: () => void;
}): ReactElement {
  const { t } = useTranslation();
  const [partition = '', offset = ''] = place?.split('/') ?? [];
  const query = useQuery({
    queryKey: ['dead-letter', place],
    queryFn: async ({ signal }) =>
      (await readDeadLetter({ path: { partition: Number(partition), offset }, signal, throwOnError: true }))
        .data,
    enabled: place !== undefined,
  });
  return (
    <Drawer
      opened={place !== undefined}
      onClose={onClose}
      size="xl"
      title={t('deadLetter.title', { place: place ?? '' })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <FocusBack />
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data ? (
        <Detail key={place} letter={query.data} />
      ) : (
        query.isPending && <Skeleton height={320} radius="md" aria-label={t('state.loading')} role="status" />
      )}
    </Drawer>
  );
}

function Detail({ letter }: { letter: DeadLetter }): ReactElement {
  const { t } = useTranslation();
  const { reason, message, value, source, sent_back } = letter;
  const text = value !== null && 'text' in value ? value.text : null;
  return (
    <Stack gap="lg">
      <Alert
        color="red"
        icon={<IconAlertTriangle />}
        title={reason === null ? t('deadLetters.unknownReason') : t(`deadLetterReason.${reason}`)}
      >
        {message}
      </Alert>
      {source !== null && (
        <Text size="sm" c="dimmed" className="break">
          {t('deadLetters.source')}:{' '}
          <span className="mono">{`${source.topic} ${source.partition}/${source.offset}`}</span>
        </Text>
      )}
      {sent_back.map(({ at, by }) => (
        <Text key={at} size="sm" component="div">
          {t('deadLetter.sentBackBy', { by })} <Time at={at} />
        </Text>
      ))}
      {value === null ? (
        <Text c="dimmed">{t('deadLetters.noValue')}</Text>
      ) : (
        <Tabs defaultValue={text === null ? 'hex' : 'text'} keepMounted={false}>
          <Tabs.List mb="sm" aria-label={t('deadLetters.value')}>
            {text !== null && <Tabs.Tab value="text">{t('deadLetter.text')}</Tabs.Tab>}
            <Tabs.Tab value="hex">{t('deadLetter.hex')}</Tabs.Tab>
          </Tabs.List>
          {text !== null && (
            <Tabs.Panel value="text">
              <CodeBlock text={text} label={t('deadLetter.text')} wrap />
            </Tabs.Panel>
          )}
          <Tabs.Panel value="hex">
            <CodeBlock text={hexDump(toBytes(value))} label={t('deadLetter.hex')} />
          </Tabs.Panel>
        </Tabs>
      )}
      <SendBack letter={letter} text={text} />
    </Stack>
  );
}

function SendBack({ letter, text }: { letter: DeadLetter; text: string | null }): ReactElement {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { partition, offset } = letter;
  const [mended, setMended] = useState(text ?? '');
  const [force, setForce] = useState(false);
  const sendBack = useMutation({
    mutationFn: async () => {
      const value = mended === (text ?? '') ? {} : { value: { text: mended } };
      const path = { partition, offset };
      return (await sendBackDeadLetter({ path, body: { ...value, force }, throwOnError: true })).data;
    },
    onSuccess: async (sent) => {
      notify({ message: t('deadLetter.sent', { place: `${sent.topic} ${sent.partition}/${sent.offset}` }) });
      await queryClient.invalidateQueries({ queryKey: ['dead-letter'] });
      await queryClient.invalidateQueries({ queryKey: ['dead-letters'] });
    },
  });
  return (
    <Stack gap="sm" align="stretch">
      <Textarea
        label={t('deadLetter.mend')}
        description={t('deadLetter.mendHelp')}
        value={mended}
        onChange={({ currentTarget }) => {
          setMended(currentTarget.value);
        }}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        classNames={{ input: 'mono' }}
      />
      {sendBack.isError && <ProblemNotice error={sendBack.error} />}
      {isProblemCode(sendBack.error, 'validation_failed') && (
        <Checkbox
          label={t('deadLetter.force')}
          checked={force}
          onChange={({ currentTarget }) => {
            setForce(currentTarget.checked);
          }}
        />
      )}
      <ChangeButton
        leftSection={<IconCornerUpLeft size={16} />}
        w="fit-content"
        loading={sendBack.isPending}
        onClick={() => {
          sendBack.mutate();
        }}
      >
        {t('deadLetter.send')}
      </ChangeButton>
    </Stack>
  );
}

/** Records that are no readable event, the newest first; one of them in a drawer, to mend and send back. */
import '../../styles-of-forms';
import { Group, Paper, Skeleton, Table, Text, UnstyledButton } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listDeadLetters } from '../../api/generated/sdk.gen';
import type { DeadLetter } from '../../api/generated/types.gen';
import { paged } from '../../api/paged';
import { EmptyState } from '../../pieces/empty-state';
import { FilterSelect } from '../../pieces/filter-select';
import { MoreButton } from '../../pieces/more-button';
import { NothingFound } from '../../pieces/nothing-found';
import { ProblemNotice } from '../../pieces/problem-notice';
import { withoutEmpty } from '../../pieces/search';
import { Time } from '../../pieces/time';
import { ViewHeader } from '../../pieces/view-header';
import classes from '../webhooks/webhook-table.module.css';
import { DeadLetterDrawer } from './dead-letter-drawer';
import { REASONS, type DeadLettersSearch } from './dead-letters-search';

function deadLettersQuery(reason: DeadLettersSearch['reason']) {
  return paged({
    queryKey: ['dead-letters', reason],
    read: (cursor, signal) =>
      listDeadLetters({ query: { reason, limit: 50, ...cursor }, signal, throwOnError: true }),
  });
}

export function DeadLettersView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/dead-letters' });
  const query = useInfiniteQuery(deadLettersQuery(search.reason));
  const letters = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const change = (part: DeadLettersSearch): void => {
    void navigate({
      to: '/dead-letters',
      search: (before) => withoutEmpty({ ...before, ...part }),
      replace: true,
    });
  };
  return (
    <>
      <ViewHeader title={t('deadLetters.title')} lead={t('deadLetters.lead')} />
      <Group mb="md" className="filters" role="search" aria-label={t('deadLetters.filter')}>
        <FilterSelect
          label={t('deadLetters.reason')}
          any={t('deadLetters.anyReason')}
          options={REASONS.map((value) => ({ value, label: t(`deadLetterReason.${value}`) }))}
          value={search.reason}
          onChange={(reason) => {
            change({ reason });
          }}
          width={240}
        />
      </Group>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending ? (
        <Skeleton height={280} radius="lg" aria-label={t('state.loading')} role="status" />
      ) : letters.length === 0 ? (
        !query.isError &&
        !query.hasNextPage &&
        (search.reason === undefined ? (
          <EmptyState
            icon={IconMailOff}
            title={t('deadLetters.empty.title')}
            text={t('deadLetters.empty.text')}
          />
        ) : (
          <NothingFound
            text={t('deadLetters.nothingFound')}
            onClear={() => {
              change({ reason: undefined });
            }}
          />
        ))
      ) : (
        <Paper>
          <Table className={classes.table} aria-label={t('deadLetters.title')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('deadLetters.reason')}</Table.Th>
                <Table.Th>{t('deadLetters.value')}</Table.Th>
                <Table.Th>{t('deadLetters.source')}</Table.Th>
                <Table.Th>{t('deadLetters.time')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {letters.map((letter) => (
                <Row
                  key={`${letter.partition}/${letter.offset}`}
                  letter={letter}
                  onOpen={(place) => {
                    change({ letter: place });
                  }}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Paper>
      )}
      <MoreButton of={query} />
      <DeadLetterDrawer
        place={search.letter}
        onClose={() => {
          change({ letter: undefined });
        }}
      />
    </>
  );
}

function Row({ letter, onOpen }: { letter: DeadLetter; onOpen: (place: string) => void }): ReactElement {
  const { t } = useTranslation();
  const { partition, offset, reason, message, value, value_bytes, source, timestamp, sent_back } = letter;
  const text =
    value === null
      ? t('deadLetters.noValue')
      : 'text' in value
        ? value.text
        : t('deadLetters.bytes', { count: value_bytes });
  return (
    <Table.Tr>
      <Table.Td className={classes.webhook}>
        <UnstyledButton
          c="var(--mantine-color-anchor)"
          fw={500}
          onClick={() => {
            onOpen(`${partition}/${offset}`);
          }}
        >
          {reason === null ? t('deadLetters.unknownReason') : t(`deadLetterReason.${reason}`)}
        </UnstyledButton>
        <Text size="sm" c="dimmed" className="break" lineClamp={2}>
          {sent_back.length > 0 ? t('deadLetters.sentBack') : <span lang="en">{message}</span>}
        </Text>
      </Table.Td>
      <Table.Td data-label={t('deadLetters.value')} maw={360}>
        <Text className="mono break" lineClamp={2}>
          {text}
        </Text>
      </Table.Td>
      <Table.Td data-label={t('deadLetters.source')} className={classes.quiet}>
        {source === null ? '–' : `${source.topic} ${source.partition}/${source.offset}`}
      </Table.Td>
      <Table.Td data-label={t('deadLetters.time')} className={classes.quiet}>
        {timestamp === null ? '–' : <Time at={timestamp} />}
      </Table.Td>
    </Table.Tr>
  );
}

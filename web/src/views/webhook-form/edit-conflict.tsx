/** Somebody else changed the webhook meanwhile: both versions side by side, to choose from. */
import { Button, Group, Radio, Stack, Table, Text } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook, WebhookInput } from '../../api/generated/types.gen';
import { Dialog } from '../../pieces/dialog';
import { useMemberText } from '../../pieces/member-text';
import { differences, merge, type Compared, type Difference, type Side } from './conflict';

interface EditConflictProps {
  readonly base: Webhook;
  readonly mine: WebhookInput;
  readonly theirs: Webhook;
  readonly busy: boolean;
  readonly onCancel: () => void;
  readonly onChosen: (body: WebhookInput) => void;
}

export function EditConflict({
  base,
  mine,
  theirs,
  busy,
  onCancel,
  onChosen,
}: EditConflictProps): ReactElement {
  const { t } = useTranslation();
  const found = differences(base, mine, theirs);
  const [choice, setChoice] = useState<Partial<Record<Compared, Side>>>(() =>
    Object.fromEntries(found.flatMap(({ member, likely }) => (likely === null ? [] : [[member, likely]]))),
  );
  const open = found.filter(({ member }) => choice[member] === undefined).length;
  return (
    <Dialog onClose={onCancel} title={t('conflict.title')} size="xl">
      <Stack>
        <Text>{found.length === 0 ? t('conflict.same') : t('conflict.lead')}</Text>
        {found.length > 0 && (
          <Table.ScrollContainer minWidth={520}>
            <Table aria-label={t('conflict.title')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('conflict.member')}</Table.Th>
                  <Table.Th>{t('conflict.mine')}</Table.Th>
                  <Table.Th>{t('conflict.theirs')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((difference) => (
                  <Choice
                    key={difference.member}
                    difference={difference}
                    chosen={choice[difference.member]}
                    onChoose={(side) => {
                      setChoice((before) => ({ ...before, [difference.member]: side }));
                    }}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        <Group justify="flex-end">
          {open > 0 && (
            <Text size="sm" c="dimmed" role="status">
              {t('conflict.open', { count: open })}
            </Text>
          )}
          <Button variant="default" onClick={onCancel}>
            {t('conflict.back')}
          </Button>
          <Button
            loading={busy}
            disabled={open > 0}
            onClick={() => {
              onChosen(merge(mine, theirs, choice));
            }}
          >
            {t('conflict.save')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

interface ChoiceProps {
  readonly difference: Difference;
  readonly chosen: Side | undefined;
  readonly onChoose: (side: Side) => void;
}

function Choice({ difference, chosen, onChoose }: ChoiceProps): ReactElement {
  const { t } = useTranslation();
  const memberText = useMemberText();
  const { member } = difference;
  const name = t(`member.${member}`);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {name}
      </Table.Th>
      {(['mine', 'theirs'] as const).map((side) => (
        <Table.Td key={side} className="break">
          <Radio
            name={`choice-${member}`}
            checked={chosen === side}
            onChange={() => {
              onChoose(side);
            }}
            label={memberText(member, difference[side])}
            aria-label={`${name}: ${t(`conflict.${side}`)}: ${memberText(member, difference[side])}`}
          />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** What one webhook was sent again, and the ways to send more. */
import { Group } from '@mantine/core';
import { IconHistoryToggle, IconRepeat } from '@tabler/icons-react';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { ChangeButton } from '../../pieces/change-button';
import { notify } from '../../pieces/notify';
import { ReplayDialog } from '../replays/replay-dialog';
import { ReplayList } from '../replays/replay-list';

export function ReplaysPanel({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const [kind, setKind] = useState<'replay' | 'recover' | null>(null);
  const close = (): void => {
    setKind(null);
  };
  return (
    <>
      <Group mb="md">
        <ChangeButton
          leftSection={<IconRepeat size={16} />}
          onClick={() => {
            setKind('replay');
          }}
        >
          {t('replayDialog.replay.title')}
        </ChangeButton>
        <ChangeButton
          variant="default"
          leftSection={<IconHistoryToggle size={16} />}
          onClick={() => {
            setKind('recover');
          }}
        >
          {t('replayDialog.recover.title')}
        </ChangeButton>
      </Group>
      <ReplayList filter={{ webhook_id: webhook.id }} />
      {kind !== null && (
        <ReplayDialog
          webhook={webhook}
          kind={kind}
          onClose={close}
          onStarted={() => {
            close();
            notify({ message: t('replayDialog.started') });
          }}
        />
      )}
    </>
  );
}

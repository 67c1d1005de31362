/** A body with its name: laid out where it is JSON, and on demand exactly as it was sent. */
import { Group, Text, VisuallyHidden } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from './code-block';

export function BodyBlock({ label, text }: { label: string; text: string }): ReactElement {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  const laidOut = pretty(text);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        {laidOut !== text && (
          <button
            type="button"
            className="link-button"
            onClick={() => {
              setRaw(!raw);
            }}
          >
            {t(raw ? 'body.pretty' : 'body.raw')}
            <VisuallyHidden> {label}</VisuallyHidden>
          </button>
        )}
      </Group>
      <CodeBlock text={raw ? text : laidOut} label={label} wrap />
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

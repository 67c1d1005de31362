/** A link to another view: the router's address, Mantine's look. */
import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef, ReactElement } from 'react';

type LookProps = Omit<AnchorProps, 'href'> & Pick<ComponentPropsWithRef<'a'>, 'ref' | 'title' | 'children'>;

function Look(props: LookProps): ReactElement {
  return <Anchor {...props} />;
}

export const ViewLink = createLink(Look);

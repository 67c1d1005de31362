/** Marks a route that needs no token. */
import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const PUBLIC = 'public';

export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

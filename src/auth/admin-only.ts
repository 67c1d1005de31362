/** Marks a route that only an admin may call, whatever its method. */
import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const ADMIN_ONLY = 'admin only';

export const AdminOnly = (): CustomDecorator => SetMetadata(ADMIN_ONLY, true);

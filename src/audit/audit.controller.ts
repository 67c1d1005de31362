/** `GET /audit`. Only admins may read it, because it shows who did what, and from which address. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdminOnly } from '../auth/route-access.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditPage } from './audit.dto.ts';
import { DescribeAudit } from './audit.openapi.ts';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @AdminOnly()
  @DescribeAudit.list()
  list(@Query() query: unknown): Promise<AuditPage> {
    return this.audit.list(query);
  }
}

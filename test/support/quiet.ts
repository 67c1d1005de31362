/** Unit tests provoke faults on purpose; what is logged of them is of no interest. */
import { Logger } from '@nestjs/common';

Logger.overrideLogger(false);

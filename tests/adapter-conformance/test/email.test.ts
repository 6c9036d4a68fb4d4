import { describeAdapter } from '../src';
import { emailDriver } from '../src/drivers/email';

describeAdapter('e-mail', emailDriver);

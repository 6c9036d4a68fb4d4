import { describeAdapter } from '../src';
import { chatDriver } from '../src/drivers/chat';

describeAdapter('chat', chatDriver);

import { describeAdapter } from '../src';
import { voiceDriver } from '../src/drivers/voice';

describeAdapter('voice', voiceDriver);

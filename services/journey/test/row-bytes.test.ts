import { mongo } from 'mongoose';
import { bytesOfRows } from '../src/outbound/row-bytes';

const rows = [
  { _id: Buffer.alloc(34, 7), e: Buffer.alloc(300, 1) },
  { _id: Buffer.alloc(34, 255), e: Buffer.alloc(0), o: 'acme/0193-…-ü' },
  { _id: Buffer.from([0]), e: Buffer.alloc(70_000, 0xab), o: '' },
];

it('rows are written as the driver writes them', () => {
  expect(bytesOfRows(rows)).toEqual(Buffer.concat(rows.map((row) => mongo.BSON.serialize(row))));
  expect(bytesOfRows([])).toHaveLength(0);
});

/** On a server, where there is neither a window nor a storage. */
import { renderToString } from 'react-dom/server';
import { useQrCode, useSyncCode } from '../../../src/runtime/react';

function Code() {
  const { identity, link } = useSyncCode();
  const qrCode = useQrCode(link);
  return <p>{`${String(identity)} ${String(link)} ${String(qrCode)}`}</p>;
}

test('the code is not known, and nothing is asked for it', () => {
  expect(typeof window).toBe('undefined');
  expect(renderToString(<Code />)).toBe('<p>undefined null null</p>');
});

/** On a server, where there is neither a document nor a storage. */
import { renderToString } from '@vue/server-renderer';
import { createSSRApp, defineComponent, h } from 'vue';
import { SyncEngine } from '../../../src/lib/engine';
import { provideSync, useDocument, useQuery, useSyncStatus } from '../../../src/lib/vue';
import { useQrCode, useSyncCode } from '../../../src/runtime/vue';

test('nothing is known, opened or asked for', async () => {
  expect(typeof document).toBe('undefined');
  const open = jest.spyOn(SyncEngine, 'open');
  const child = defineComponent(() => {
    const { identity, link } = useSyncCode();
    const [qrCode, status, one] = [useQrCode(link), useSyncStatus(), useDocument('notes', 'n')];
    const { isLoading } = useQuery('notes');
    return () =>
      h(
        'p',
        [identity, link, qrCode, one.document, isLoading].map(({ value }) => value).join('|') + status.value.phase,
      );
  });
  const app = createSSRApp(
    defineComponent(() => {
      provideSync({ identity: ['user-1'], relays: [] });
      return () => h(child);
    }),
  );
  expect(await renderToString(app)).toBe('<p>||||truestarting</p>');
  expect(open).not.toHaveBeenCalled();
});

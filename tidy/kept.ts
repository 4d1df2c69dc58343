/** Files and folders of src that nothing imports and that stay all the same, each with its reason. */
export const KEPT: Readonly<Record<string, string>> = {
  'src/connectors/channels/_template/': 'copied to begin a new connector',
  'src/platform/rules/check-worker.ts': 'the thread that check-apart.ts starts by its address',
  'src/features/labels/fonts/check-worker.ts': 'the thread that check-apart.ts starts by its address',
  'src/connectors/contract.ts': 'the promises that contract.test.ts runs over all connectors',
}

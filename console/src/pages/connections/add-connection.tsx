import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form } from 'antd'
import { write } from '#/api/client.ts'
import type { Connector } from '#/api/intake-types.ts'
import { connectionsQuery, useConnectors } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Catalogue } from './catalogue.tsx'
import { ConnectionForm, type ConnectionValues, typedSettings } from './connection-form.tsx'

/** First what, then its keys; the callback address and the test follow on the connection itself. */
export function AddConnection({
  kind,
  onKind,
  onClose,
  onAdded,
}: {
  readonly kind: string | undefined
  readonly onKind: (kind: string | undefined) => void
  readonly onClose: () => void
  readonly onAdded: (id: string) => void
}) {
  const { t, pick } = useWording()
  const connector = useConnectors().find((one) => one.kind === kind)
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      className="hf-drawer"
      title={connector ? `${t('connections.add')} · ${pick(connector)}` : t('catalogue.title')}
      extra={connector ? <Button onClick={() => onKind(undefined)}>{t('catalogue.back')}</Button> : null}
    >
      {connector ? (
        <NewConnection key={connector.kind} connector={connector} onAdded={onAdded} />
      ) : (
        <Catalogue onPick={onKind} />
      )}
    </Drawer>
  )
}

function NewConnection({
  connector,
  onAdded,
}: {
  readonly connector: Connector
  readonly onAdded: (id: string) => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm<ConnectionValues>()
  const add = useMutation({
    mutationFn: (values: ConnectionValues) =>
      write<Connection>('POST', '/api/connections', {
        kind: connector.kind,
        name: values.name.trim(),
        settings: typedSettings(connector, values, undefined),
        zone: values.zone?.trim() || null,
      }),
    onError: fail,
    onSuccess: async (added) => {
      await client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
      void message.success(t('connection.added'))
      onAdded(added.id)
    },
  })
  const { push, stream } = connector.capabilities
  return (
    <>
      <ConnectionForm form={form} connector={connector} onSubmit={(values) => add.mutate(values)} />
      <p className="hf-faint hf-form-hint">
        {push ? t('connection.callbackLater') : t(stream ? 'connection.streamHint' : 'connection.fileHint')}
      </p>
      <Button type="primary" loading={add.isPending} onClick={() => form.submit()}>
        {t('common.save')}
      </Button>
    </>
  )
}

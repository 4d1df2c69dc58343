import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Form, Modal, Skeleton } from 'antd'
import { get, write } from '#/api/client.ts'
import { connectionsQuery, useConnectors } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ConnectionForm, type ConnectionValues, typedSettings } from '#/pages/connections/connection-form.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'

/** A wrong password is put right where it was found, so that nobody has to look for the way back to the wizard. */
export function EditConnection({
  id,
  onClose,
  onSaved,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onSaved: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm<ConnectionValues>()
  const path = `/api/connections/${encodeURIComponent(id)}`
  const found = useQuery({
    queryKey: ['connection', id],
    queryFn: ({ signal }) => get<Connection>(path, {}, signal),
  })
  const connection = found.data
  const connector = useConnectors().find((one) => one.kind === connection?.kind)
  const save = useMutation({
    mutationFn: (change: object) => write<Connection>('PATCH', path, change),
    onError: fail,
    onSuccess: (changed) => {
      client.setQueryData(['connection', id], changed)
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
      onSaved()
    },
  })
  return (
    <Modal
      open
      title={connection?.name ?? t('warehouses.s3.editConnection')}
      okText={t('warehouses.s2.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: !connection, loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {found.error ? <ProblemNotice error={found.error} onRetry={() => void found.refetch()} /> : null}
      {connection && connector ? (
        <ConnectionForm
          form={form}
          connector={connector}
          connection={connection}
          onSubmit={(values) =>
            save.mutate({
              name: values.name.trim(),
              zone: values.zone?.trim() || null,
              settings: typedSettings(connector, values, connection),
            })
          }
        />
      ) : found.error ? null : (
        <Skeleton active />
      )}
    </Modal>
  )
}

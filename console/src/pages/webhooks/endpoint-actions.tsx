import { MoreOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Dropdown, type MenuProps } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { type WebhookEndpoint, webhooksQuery } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { SpanDialog } from './span-dialog.tsx'

type Asked = 'rotate' | 'drop' | 'remove'

/** Test, replay, secrets, remove. */
export function EndpointActions({
  row,
  onSecret,
}: {
  readonly row: WebhookEndpoint
  readonly onSecret: (secret: { readonly name: string; readonly text: string }) => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/webhooks' })
  const { message, modal } = App.useApp()
  const fail = useProblemToast()
  const [replaying, setReplaying] = useState(false)
  const path = `/api/webhooks/${row.id}`
  const refresh = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey })
  const test = useMutation({
    mutationFn: () => write<{ deliveryId: string }>('POST', `${path}/test`, {}),
    onError: fail,
    onSuccess: ({ deliveryId }) => {
      void message.success(t('webhooks.testSent'))
      void navigate({ search: { tab: 'deliveries', endpoint: row.id, open: deliveryId } })
    },
  })
  const act = useMutation({
    mutationFn: (what: Asked) =>
      what === 'remove'
        ? write<{ secret?: string }>('DELETE', path)
        : write<{ secret?: string }>('POST', `${path}/${what === 'drop' ? 'drop-former' : 'rotate'}`, {}),
    onError: fail,
    onSuccess: async ({ secret }) => {
      await refresh()
      if (secret === undefined) void message.success(t('webhooks.done'))
      else onSecret({ name: row.name, text: secret })
    },
  })
  const ask = (what: Asked) =>
    void modal.confirm({
      title: `${t(`webhooks.${what}`)} · ${row.name}`,
      content: t(`webhooks.${what}Hint`),
      okText: t(`webhooks.${what}`),
      cancelText: t('common.cancel'),
      okButtonProps: { danger: what === 'remove' },
      onOk: () => act.mutateAsync(what).catch(() => undefined),
    })
  const items: MenuProps['items'] = [
    {
      key: 'replay',
      label: t('webhooks.replaySpan'),
      disabled: !row.active,
      onClick: () => setReplaying(true),
    },
    { key: 'rotate', label: t('webhooks.rotate'), onClick: () => ask('rotate') },
    ...(row.hasFormerSecret ? [{ key: 'drop', label: t('webhooks.drop'), onClick: () => ask('drop') }] : []),
    { type: 'divider' },
    { key: 'remove', label: t('webhooks.remove'), danger: true, onClick: () => ask('remove') },
  ]
  return (
    <span className="hf-inline">
      <Button size="small" loading={test.isPending} disabled={!row.active} onClick={() => test.mutate()}>
        {t('webhooks.test')}
      </Button>
      <Dropdown trigger={['click']} menu={{ items }}>
        <Button
          size="small"
          icon={<MoreOutlined />}
          aria-label={`${t('webhooks.more')} · ${row.name}`}
          title={t('webhooks.more')}
        />
      </Dropdown>
      {replaying ? <SpanDialog row={row} onClose={() => setReplaying(false)} /> : null}
    </span>
  )
}

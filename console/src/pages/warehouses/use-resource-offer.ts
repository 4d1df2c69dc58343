import { useNavigate } from '@tanstack/react-router'
import { App } from 'antd'
import { write } from '#/api/client.ts'
import type { ResourcePreview } from '#/api/sourcing-types.ts'
import type { Warehouse } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'

/** After a warehouse was switched off: how many orders it was still to send, and the way to source them anew. */
export function useResourceOffer(): (warehouse: Warehouse) => Promise<void> {
  const { t } = useWording()
  const { modal } = App.useApp()
  const navigate = useNavigate()
  return async ({ code, name }) => {
    const seen = await write<ResourcePreview>('POST', '/api/sourcing/resource/preview', {
      warehouse: code,
    }).catch(() => null)
    if (seen === null || seen.orders === 0) return
    modal.confirm({
      title: t('sourcing.resource.offTitle', { name, n: seen.orders }),
      content: t('sourcing.resource.offHint'),
      okText: t('sourcing.resource.offGo', { n: seen.orders }),
      cancelText: t('sourcing.resource.offLater'),
      onOk: () => navigate({ to: '/fulfilment', search: { tab: 'resource', warehouse: code } }),
    })
  }
}

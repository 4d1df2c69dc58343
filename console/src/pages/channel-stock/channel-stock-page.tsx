import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function ChannelStockPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('channelStock.title')} lead={t('channelStock.lead')} />
    </div>
  )
}

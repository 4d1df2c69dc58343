import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function WebhooksPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('webhooks.title')} lead={t('webhooks.lead')} />
    </div>
  )
}

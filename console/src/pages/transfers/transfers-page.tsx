import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function TransfersPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('transfers.title')} lead={t('transfers.lead')} />
    </div>
  )
}

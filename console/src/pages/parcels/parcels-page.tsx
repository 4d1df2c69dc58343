import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function ParcelsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('parcels.title')} lead={t('parcels.lead')} />
    </div>
  )
}

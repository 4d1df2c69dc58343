import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function OutwardPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('outward.title')} lead={t('outward.lead')} />
    </div>
  )
}

import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function EmergencyPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('emergency.title')} lead={t('emergency.lead')} />
    </div>
  )
}

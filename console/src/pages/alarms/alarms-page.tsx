import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function AlarmsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('alarms.title')} lead={t('alarms.lead')} />
    </div>
  )
}

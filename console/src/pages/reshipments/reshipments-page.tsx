import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function ReshipmentsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('reshipments.title')} lead={t('reshipments.lead')} />
    </div>
  )
}

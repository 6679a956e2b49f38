// Which part of the document in force stands in which file.
const sections: Record<string, string[]> = {
  'hinomi.yml': ['server'],
  'targets.yml': ['targets'],
  'alarms.yml': ['alarms'],
  'routes.yml': ['routes'],
  'escalation.yml': ['escalations'],
  'contacts.yml': ['channels', 'contacts'],
  'checklist.yml': ['checklist'],
  'backup-policy.yml': ['backup_policy'],
  'recovery.yml': ['recovery'],
  'maintenance.yml': ['maintenance'],
  'kpi.yml': ['kpis'],
  'reports.yml': ['reports'],
};

export const sectionsOf = (file: string): string[] =>
  sections[file] ?? (file.startsWith('runbooks/') ? ['runbooks'] : []);

export { type Absence, exported, type GroupView, readAbsences, readGroup } from '../lookups/group-view.js';

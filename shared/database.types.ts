// Made from supabase/migrations by `deno task types`. Do not edit.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  'public': {
    Tables: {
      'puppet_handled_types': {
        Row: {
          'job_type': string;
          'last_seen_at': string;
          'source': string;
        };
        ComputedFields: never;
        Insert: {
          'job_type': string;
          'last_seen_at'?: string;
          'source': string;
        };
        Update: {
          'job_type'?: string;
          'last_seen_at'?: string;
          'source'?: string;
        };
        Relationships: [];
      };
      'puppet_job_retry_config': {
        Row: {
          'backoff_multiplier': number;
          'base_delay_seconds': number;
          'created_at': string;
          'delay_schedule_seconds': (number)[] | null;
          'description': string | null;
          'do_not_retry_on': (string)[];
          'enabled': boolean;
          'endpoint_url': string | null;
          'escalation_enabled': boolean;
          'escalation_threshold': number;
          'id': string;
          'jitter_enabled': boolean;
          'jitter_strategy': string;
          'job_type': string;
          'max_crashes': number;
          'max_delay_seconds': number;
          'max_elapsed_seconds': number | null;
          'max_jitter_seconds': number;
          'max_retries': number;
          'max_retry_after_seconds': number;
          'owners_may_enqueue': boolean;
          'retry_on_error_types': (string)[];
          'signing_secret_name': string | null;
          'timeout_seconds': number;
          'updated_at': string;
        };
        ComputedFields: never;
        Insert: {
          'backoff_multiplier'?: number;
          'base_delay_seconds'?: number;
          'created_at'?: string;
          'delay_schedule_seconds'?: (number)[] | null;
          'description'?: string | null;
          'do_not_retry_on'?: (string)[];
          'enabled'?: boolean;
          'endpoint_url'?: string | null;
          'escalation_enabled'?: boolean;
          'escalation_threshold'?: number;
          'id'?: string;
          'jitter_enabled'?: boolean;
          'jitter_strategy'?: string;
          'job_type': string;
          'max_crashes'?: number;
          'max_delay_seconds'?: number;
          'max_elapsed_seconds'?: number | null;
          'max_jitter_seconds'?: number;
          'max_retries'?: number;
          'max_retry_after_seconds'?: number;
          'owners_may_enqueue'?: boolean;
          'retry_on_error_types'?: (string)[];
          'signing_secret_name'?: string | null;
          'timeout_seconds'?: number;
          'updated_at'?: string;
        };
        Update: {
          'backoff_multiplier'?: number;
          'base_delay_seconds'?: number;
          'created_at'?: string;
          'delay_schedule_seconds'?: (number)[] | null;
          'description'?: string | null;
          'do_not_retry_on'?: (string)[];
          'enabled'?: boolean;
          'endpoint_url'?: string | null;
          'escalation_enabled'?: boolean;
          'escalation_threshold'?: number;
          'id'?: string;
          'jitter_enabled'?: boolean;
          'jitter_strategy'?: string;
          'job_type'?: string;
          'max_crashes'?: number;
          'max_delay_seconds'?: number;
          'max_elapsed_seconds'?: number | null;
          'max_jitter_seconds'?: number;
          'max_retries'?: number;
          'max_retry_after_seconds'?: number;
          'owners_may_enqueue'?: boolean;
          'retry_on_error_types'?: (string)[];
          'signing_secret_name'?: string | null;
          'timeout_seconds'?: number;
          'updated_at'?: string;
        };
        Relationships: [];
      };
      'puppet_job_retry_history': {
        Row: {
          'attempt_number': number;
          'attempted_at': string;
          'backoff_multiplier': number | null;
          'created_at': string;
          'decision': string | null;
          'delay_seconds': number | null;
          'duration_ms': number | null;
          'error_message': string | null;
          'error_type': string | null;
          'execution_context': Json | null;
          'executor_id': string;
          'id': string;
          'is_retry': boolean;
          'jitter_seconds': number | null;
          'job_id': string;
          'job_type': string;
          'logged_by': string;
          'next_retry_at': string | null;
          'retry_reason': string;
          'success': boolean;
          'user_id': string;
        };
        ComputedFields: never;
        Insert: {
          'attempt_number': number;
          'attempted_at'?: string;
          'backoff_multiplier'?: number | null;
          'created_at'?: string;
          'decision'?: string | null;
          'delay_seconds'?: number | null;
          'duration_ms'?: number | null;
          'error_message'?: string | null;
          'error_type'?: string | null;
          'execution_context'?: Json | null;
          'executor_id'?: string;
          'id'?: string;
          'is_retry'?: boolean;
          'jitter_seconds'?: number | null;
          'job_id': string;
          'job_type': string;
          'logged_by'?: string;
          'next_retry_at'?: string | null;
          'retry_reason'?: string;
          'success': boolean;
          'user_id': string;
        };
        Update: {
          'attempt_number'?: number;
          'attempted_at'?: string;
          'backoff_multiplier'?: number | null;
          'created_at'?: string;
          'decision'?: string | null;
          'delay_seconds'?: number | null;
          'duration_ms'?: number | null;
          'error_message'?: string | null;
          'error_type'?: string | null;
          'execution_context'?: Json | null;
          'executor_id'?: string;
          'id'?: string;
          'is_retry'?: boolean;
          'jitter_seconds'?: number | null;
          'job_id'?: string;
          'job_type'?: string;
          'logged_by'?: string;
          'next_retry_at'?: string | null;
          'retry_reason'?: string;
          'success'?: boolean;
          'user_id'?: string;
        };
        Relationships: [
          {
            foreignKeyName: 'puppet_job_retry_history_job_id_fkey';
            columns: ['job_id'];
            isOneToOne: false;
            referencedRelation: 'puppet_jobs';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'puppet_job_retry_history_job_id_fkey';
            columns: ['job_id'];
            isOneToOne: false;
            referencedRelation: 'puppet_jobs_pending_retry';
            referencedColumns: ['job_id'];
          },
        ];
      };
      'puppet_jobs': {
        Row: {
          'campaign_id': string | null;
          'cancel_requested_at': string | null;
          'claim_token': string | null;
          'completed_at': string | null;
          'crash_count': number;
          'created_at': string;
          'deadline_at': string | null;
          'executing_at': string | null;
          'executing_by': string | null;
          'execution_attempts': number;
          'execution_timeout_at': string | null;
          'final_status': string | null;
          'id': string;
          'idempotency_key': string | null;
          'job_config': NonNullable<Json>;
          'job_type': string;
          'last_attempt_at': string | null;
          'last_error_type': string | null;
          'last_execution_error': string | null;
          'lease_token': string | null;
          'max_retries': number | null;
          'next_retry_at': string | null;
          'next_retry_reason': string | null;
          'priority': number;
          'release_count': number;
          'result_data': Json | null;
          'retry_count': number;
          'retry_enabled': boolean;
          'retry_window_started_at': string;
          'scheduled_at': string;
          'settled_outcome': string | null;
          'settled_token': string | null;
          'snooze_count': number;
          'status': string;
          'stop_reason': string | null;
          'updated_at': string;
          'user_id': string;
        };
        ComputedFields: never;
        Insert: {
          'campaign_id'?: string | null;
          'cancel_requested_at'?: string | null;
          'claim_token'?: string | null;
          'completed_at'?: string | null;
          'crash_count'?: number;
          'created_at'?: string;
          'deadline_at'?: string | null;
          'executing_at'?: string | null;
          'executing_by'?: string | null;
          'execution_attempts'?: number;
          'execution_timeout_at'?: string | null;
          'final_status'?: string | null;
          'id'?: string;
          'idempotency_key'?: string | null;
          'job_config'?: NonNullable<Json>;
          'job_type'?: string;
          'last_attempt_at'?: string | null;
          'last_error_type'?: string | null;
          'last_execution_error'?: string | null;
          'lease_token'?: string | null;
          'max_retries'?: number | null;
          'next_retry_at'?: string | null;
          'next_retry_reason'?: string | null;
          'priority'?: number;
          'release_count'?: number;
          'result_data'?: Json | null;
          'retry_count'?: number;
          'retry_enabled'?: boolean;
          'retry_window_started_at'?: string;
          'scheduled_at'?: string;
          'settled_outcome'?: string | null;
          'settled_token'?: string | null;
          'snooze_count'?: number;
          'status'?: string;
          'stop_reason'?: string | null;
          'updated_at'?: string;
          'user_id': string;
        };
        Update: {
          'campaign_id'?: string | null;
          'cancel_requested_at'?: string | null;
          'claim_token'?: string | null;
          'completed_at'?: string | null;
          'crash_count'?: number;
          'created_at'?: string;
          'deadline_at'?: string | null;
          'executing_at'?: string | null;
          'executing_by'?: string | null;
          'execution_attempts'?: number;
          'execution_timeout_at'?: string | null;
          'final_status'?: string | null;
          'id'?: string;
          'idempotency_key'?: string | null;
          'job_config'?: NonNullable<Json>;
          'job_type'?: string;
          'last_attempt_at'?: string | null;
          'last_error_type'?: string | null;
          'last_execution_error'?: string | null;
          'lease_token'?: string | null;
          'max_retries'?: number | null;
          'next_retry_at'?: string | null;
          'next_retry_reason'?: string | null;
          'priority'?: number;
          'release_count'?: number;
          'result_data'?: Json | null;
          'retry_count'?: number;
          'retry_enabled'?: boolean;
          'retry_window_started_at'?: string;
          'scheduled_at'?: string;
          'settled_outcome'?: string | null;
          'settled_token'?: string | null;
          'snooze_count'?: number;
          'status'?: string;
          'stop_reason'?: string | null;
          'updated_at'?: string;
          'user_id'?: string;
        };
        Relationships: [];
      };
      'puppet_tick_receipts': {
        Row: {
          'counts': Json | null;
          'created_at': string;
          'error': string | null;
          'finished_at': string | null;
          'id': string;
          'request_id': number | null;
          'started_at': string | null;
        };
        ComputedFields: never;
        Insert: {
          'counts'?: Json | null;
          'created_at'?: string;
          'error'?: string | null;
          'finished_at'?: string | null;
          'id'?: string;
          'request_id'?: number | null;
          'started_at'?: string | null;
        };
        Update: {
          'counts'?: Json | null;
          'created_at'?: string;
          'error'?: string | null;
          'finished_at'?: string | null;
          'id'?: string;
          'request_id'?: number | null;
          'started_at'?: string | null;
        };
        Relationships: [];
      };
    };
    Views: {
      'puppet_jobs_pending_retry': {
        Row: {
          'job_id': string;
          'job_type': string;
          'last_attempt_at': string | null;
          'last_error_type': string | null;
          'last_execution_error': string | null;
          'max_retries': number | null;
          'minutes_until_retry': number | null;
          'next_retry_at': string | null;
          'next_retry_reason': string | null;
          'retry_count': number;
          'user_id': string;
        };
        ComputedFields: never;
        Insert: {
          'job_id'?: string | null;
          'job_type'?: string | null;
          'last_attempt_at'?: string | null;
          'last_error_type'?: string | null;
          'last_execution_error'?: string | null;
          'max_retries'?: number | null;
          'minutes_until_retry'?: never;
          'next_retry_at'?: string | null;
          'next_retry_reason'?: string | null;
          'retry_count'?: number | null;
          'user_id'?: string | null;
        };
        Update: {
          'job_id'?: string | null;
          'job_type'?: string | null;
          'last_attempt_at'?: string | null;
          'last_error_type'?: string | null;
          'last_execution_error'?: string | null;
          'max_retries'?: number | null;
          'minutes_until_retry'?: never;
          'next_retry_at'?: string | null;
          'next_retry_reason'?: string | null;
          'retry_count'?: number | null;
          'user_id'?: string | null;
        };
        Relationships: [];
      };
      'puppet_recent_retry_activity': {
        Row: {
          'attempt_number': number;
          'attempted_at': string;
          'decision': string | null;
          'delay_seconds': number | null;
          'error_message': string | null;
          'error_type': string | null;
          'executor_id': string;
          'is_retry': boolean;
          'job_id': string;
          'job_type': string;
          'next_retry_at': string | null;
          'success': boolean;
          'user_id': string;
        };
        ComputedFields: never;
        Insert: {
          'attempt_number'?: number | null;
          'attempted_at'?: string | null;
          'decision'?: string | null;
          'delay_seconds'?: number | null;
          'error_message'?: string | null;
          'error_type'?: string | null;
          'executor_id'?: string | null;
          'is_retry'?: boolean | null;
          'job_id'?: string | null;
          'job_type'?: string | null;
          'next_retry_at'?: string | null;
          'success'?: boolean | null;
          'user_id'?: string | null;
        };
        Update: {
          'attempt_number'?: number | null;
          'attempted_at'?: string | null;
          'decision'?: string | null;
          'delay_seconds'?: number | null;
          'error_message'?: string | null;
          'error_type'?: string | null;
          'executor_id'?: string | null;
          'is_retry'?: boolean | null;
          'job_id'?: string | null;
          'job_type'?: string | null;
          'next_retry_at'?: string | null;
          'success'?: boolean | null;
          'user_id'?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'puppet_job_retry_history_job_id_fkey';
            columns: ['job_id'];
            isOneToOne: false;
            referencedRelation: 'puppet_jobs';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'puppet_job_retry_history_job_id_fkey';
            columns: ['job_id'];
            isOneToOne: false;
            referencedRelation: 'puppet_jobs_pending_retry';
            referencedColumns: ['job_id'];
          },
        ];
      };
      'puppet_retry_stats_by_type': {
        Row: {
          'average_delay_seconds': number | null;
          'failed_retries': number | null;
          'job_type': string;
          'last_attempt_at': string | null;
          'success_rate': number | null;
          'successful_retries': number | null;
          'total_retries': number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      'accept_tick': {
        Args: { 'p_receipt_id': string; 'p_signature': string; 'p_timestamp': number };
        Returns: Json;
      };
      'arm_ticks': { Args: { 'p_project_url': string }; Returns: Json };
      'calculate_retry_delay': {
        Args: {
          'p_backoff_multiplier'?: number;
          'p_base_delay_seconds'?: number;
          'p_jitter_enabled'?: boolean;
          'p_max_delay_seconds'?: number;
          'p_max_jitter_seconds'?: number;
          'p_retry_count': number;
        };
        Returns: number;
      };
      'cancel_job': { Args: { 'p_job_id': string; 'p_reason': string }; Returns: Json };
      'claim_jobs': {
        Args: {
          'p_executor_id': string;
          'p_include_new'?: boolean;
          'p_include_retries'?: boolean;
          'p_job_types'?: (string)[];
          'p_lease_seconds'?: number;
          'p_lease_token'?: string;
          'p_limit'?: number;
        };
        Returns: Json;
      };
      'enqueue_jobs': { Args: { 'p_jobs': Json }; Returns: Json };
      'explain_job': { Args: { 'p_job_id': string }; Returns: Json };
      'extend_job_leases': {
        Args: { 'p_executor_id': string; 'p_jobs': Json; 'p_seconds': number };
        Returns: Json;
      };
      'finish_tick': { Args: { 'p_counts': Json; 'p_receipt_id': string }; Returns: boolean };
      'get_decision_on_failure': {
        Args: { 'p_error_type'?: string; 'p_job_id': string };
        Returns: string;
      };
      'get_endpoint_secrets': { Args: { 'p_job_types': (string)[] }; Returns: Json };
      'get_health_details': { Args: Record<PropertyKey, never>; Returns: Json };
      'get_jobs_needing_escalation': { Args: { 'p_limit'?: number }; Returns: Json };
      'get_jobs_ready_for_retry': {
        Args: { 'p_limit'?: number };
        Returns: {
          'job_id': string;
          'job_type': string;
          'last_error': string;
          'next_retry_at': string;
          'retry_count': number;
          'user_id': string;
        }[];
      };
      'get_queue_state': { Args: Record<PropertyKey, never>; Returns: Json };
      'get_retry_analytics': {
        Args: { 'p_end'?: string; 'p_job_type'?: string; 'p_start'?: string };
        Returns: Json;
      };
      'get_retry_config': {
        Args: { 'p_job_type': string };
        Returns: {
          'backoff_multiplier': number;
          'base_delay_seconds': number;
          'created_at': string;
          'delay_schedule_seconds': (number)[] | null;
          'description': string | null;
          'do_not_retry_on': (string)[];
          'enabled': boolean;
          'endpoint_url': string | null;
          'escalation_enabled': boolean;
          'escalation_threshold': number;
          'id': string;
          'jitter_enabled': boolean;
          'jitter_strategy': string;
          'job_type': string;
          'max_crashes': number;
          'max_delay_seconds': number;
          'max_elapsed_seconds': number | null;
          'max_jitter_seconds': number;
          'max_retries': number;
          'max_retry_after_seconds': number;
          'owners_may_enqueue': boolean;
          'retry_on_error_types': (string)[];
          'signing_secret_name': string | null;
          'timeout_seconds': number;
          'updated_at': string;
        };
        SetofOptions: {
          from: '*';
          to: 'puppet_job_retry_config';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      'list_attempts': {
        Args: {
          'p_after_at'?: string;
          'p_after_id'?: string;
          'p_attempt_number'?: number;
          'p_decision'?: string;
          'p_end'?: string;
          'p_error_type'?: string;
          'p_job_id'?: string;
          'p_job_type'?: string;
          'p_limit'?: number;
          'p_start'?: string;
          'p_success'?: boolean;
        };
        Returns: Json;
      };
      'list_failed_jobs': {
        Args: {
          'p_after_at'?: string;
          'p_after_id'?: string;
          'p_end'?: string;
          'p_error_type'?: string;
          'p_job_type'?: string;
          'p_limit'?: number;
          'p_max_retry_count'?: number;
          'p_min_retry_count'?: number;
          'p_start'?: string;
          'p_status'?: string;
        };
        Returns: Json;
      };
      'prune_jobs': { Args: { 'p_limit'?: number; 'p_older_than_days'?: number }; Returns: number };
      'prune_retry_history': {
        Args: { 'p_limit'?: number; 'p_older_than_days'?: number };
        Returns: number;
      };
      'register_handled_types': {
        Args: { 'p_job_types': (string)[]; 'p_project_url'?: string; 'p_schema_version'?: number };
        Returns: Json;
      };
      'release_jobs': {
        Args: { 'p_executor_id': string; 'p_jobs': Json; 'p_reason': string };
        Returns: Json;
      };
      'report_job_outcome': {
        Args: {
          'p_error_message'?: string;
          'p_error_type'?: string;
          'p_executor_id'?: string;
          'p_job_id': string;
          'p_outcome': string;
          'p_result'?: Json;
        };
        Returns: {
          'accepted': boolean;
          'decision': string;
          'next_retry_at': string;
          'reason': string;
          'status': string;
        }[];
      };
      'rescue_expired_jobs': { Args: { 'p_limit'?: number }; Returns: number };
      'retry_job': {
        Args: {
          'p_deadline_at'?: string;
          'p_error_type'?: string;
          'p_job_config'?: Json;
          'p_job_id': string;
          'p_reason'?: string;
          'p_run_at'?: string;
        };
        Returns: Json;
      };
      'retry_job_once': {
        Args: {
          'p_deadline_at'?: string;
          'p_error_type'?: string;
          'p_idempotency_key': string;
          'p_job_config'?: Json;
          'p_job_id': string;
          'p_reason'?: string;
          'p_run_at'?: string;
        };
        Returns: Json;
      };
      'retry_jobs': {
        Args: { 'p_dry_run'?: boolean; 'p_filter': Json; 'p_spread_seconds'?: number };
        Returns: Json;
      };
      'schedule_job_retry': {
        Args: {
          'p_error_message': string;
          'p_error_type'?: string;
          'p_executor_id'?: string;
          'p_job_id': string;
        };
        Returns: boolean;
      };
      'settle_and_claim_jobs': {
        Args: {
          'p_executor_id': string;
          'p_include_new'?: boolean;
          'p_include_retries'?: boolean;
          'p_job_types'?: (string)[];
          'p_lease_seconds'?: number;
          'p_lease_token'?: string;
          'p_limit'?: number;
          'p_outcomes': Json;
        };
        Returns: Json;
      };
      'settle_jobs': { Args: { 'p_executor_id': string; 'p_outcomes': Json }; Returns: Json };
      'tick_retry_processor': { Args: { 'p_force'?: boolean }; Returns: Json };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views']
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views']
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema['Tables']
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends
    {
      Insert: infer I;
    } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema['Tables']
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends
    {
      Update: infer U;
    } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema['Enums']
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema['CompositeTypes']
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][
    CompositeTypeName
  ]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  'public': {
    Enums: {},
  },
} as const;
